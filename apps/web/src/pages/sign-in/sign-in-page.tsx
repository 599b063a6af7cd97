import { Alert, Button, PasswordInput, SegmentedControl, TextInput } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/http.ts";
import { signIn } from "../../api/session.ts";
import { chooseLanguage } from "../../i18n/i18n.ts";
import { isLanguage, LANGUAGE_NAMES, LANGUAGES } from "../../i18n/language.ts";
import { Logo } from "../../shell/logo.tsx";
import { problemText } from "../../ui/problem.tsx";
import { localAddress } from "./local-address.ts";
import classes from "./sign-in-page.module.css";

function signInProblem(error: unknown, t: TFunction): string {
  if (error instanceof ApiError && error.code === "credentials_wrong") return t("The username or the password is wrong.");
  if (error instanceof ApiError && error.status === 429) return t("Too many attempts. Wait a little and try again.");
  return problemText(error, t);
}

export function SignInPage() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/sign-in" });
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const password = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = `${t("Sign in")} · Polyflow`;
  }, [t]);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (name: string) => {
      const value = form.get(name);
      return typeof value === "string" ? value : "";
    };
    setBusy(true);
    setProblem(null);
    signIn(field("username"), field("password"))
      .then(() => navigate({ href: localAddress(next) }))
      .catch((error: unknown) => {
        setProblem(error);
        setBusy(false);
        password.current?.select();
      });
  };
  return (
    <main className={classes["page"]}>
      <div className={classes["card"]}>
        <Logo size={40} />
        <h1 className={classes["title"]}>{t("Sign in to Polyflow")}</h1>
        <form onSubmit={submit} className={classes["form"]}>
          {problem !== null && (
            <Alert color="red" variant="light" icon={<IconAlertCircle size={18} />} role="alert" className={classes["alert"]}>
              {signInProblem(problem, t)}
            </Alert>
          )}
          <TextInput name="username" label={t("Username")} autoComplete="username" required withAsterisk={false} autoFocus size="md" />
          <PasswordInput
            ref={password}
            name="password"
            label={t("Password")}
            autoComplete="current-password"
            required
            withAsterisk={false}
            size="md"
            visibilityToggleButtonProps={{ "aria-label": t("Show the password"), tabIndex: 0 }}
          />
          <Button type="submit" size="md" fullWidth loading={busy} mt={4}>
            {t("Sign in")}
          </Button>
        </form>
      </div>
      <SegmentedControl
        size="xs"
        aria-label={t("Language")}
        value={i18n.language}
        onChange={(value) => {
          if (isLanguage(value)) chooseLanguage(value).catch(setProblem);
        }}
        data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
      />
    </main>
  );
}
