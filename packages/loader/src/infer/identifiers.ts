const LATIN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    а: "a",
    б: "b",
    в: "v",
    г: "g",
    д: "d",
    е: "e",
    ё: "e",
    ж: "zh",
    з: "z",
    и: "i",
    й: "y",
    к: "k",
    л: "l",
    м: "m",
    н: "n",
    о: "o",
    п: "p",
    р: "r",
    с: "s",
    т: "t",
    у: "u",
    ф: "f",
    х: "kh",
    ц: "ts",
    ч: "ch",
    ш: "sh",
    щ: "shch",
    ъ: "",
    ы: "y",
    ь: "",
    э: "e",
    ю: "yu",
    я: "ya",
  }),
);
const LONGEST = 60;

/**
 * Names for columns of a database, one for each name of the file: lower case, Latin, unique.
 * @example identifiers(["Номер", "Дата оплаты"]) // ["nomer", "data_oplaty"]
 */
export function identifiers(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name, index) => {
    const base = identifierOf(name) || `column_${index + 1}`;
    let unique = base;
    for (let twin = 2; taken.has(unique); twin++) unique = `${base}_${twin}`;
    taken.add(unique);
    return unique;
  });
}

/** One name; empty when nothing of it can be used. */
export function identifierOf(name: string): string {
  const latin = Array.from(name.toLowerCase(), (letter) => LATIN.get(letter) ?? letter).join("");
  const plain = latin
    .replaceAll(/[^a-z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .slice(0, LONGEST);
  return /^\d/.test(plain) ? `c_${plain}` : plain;
}
