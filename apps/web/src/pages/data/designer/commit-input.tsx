import { TextInput, type TextInputProps } from "@mantine/core";
import { useEffect, useState } from "react";

interface CommitInputProps extends Omit<TextInputProps, "value" | "onChange"> {
  readonly value: string;
  /** Told when the user has finished, not at every letter. */
  readonly commit: (value: string) => void;
}

/** A text that counts when the user leaves it or presses Enter: what it decides takes a look at the whole file. */
export function CommitInput({ value, commit, ...rest }: CommitInputProps) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const done = () => {
    if (text !== value) commit(text.trim());
  };
  return (
    <TextInput
      {...rest}
      classNames={{ input: "pf-mono" }}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={done}
      onKeyDown={(event) => event.key === "Enter" && done()}
    />
  );
}
