/** A city as a register writes it: codes with leading zeros. */
export interface TestCity {
  readonly code: string;
  readonly name: string;
  readonly taxOffice: string;
  readonly population: string;
  readonly founded: string;
}

export const CITY_COUNT = 1117;

/** Made-up cities, always the same ones. */
export function testCities(): readonly TestCity[] {
  return Array.from({ length: CITY_COUNT }, (_, index) => ({
    code: String(index + 1).padStart(7, "0"),
    name: `${["Старый", "Новый", "Верхний", "Нижний"][index % 4]} город ${index + 1}${index % 10 === 0 ? ", «речной»" : ""}`,
    taxOffice: String((index % 89) + 1).padStart(4, "0"),
    population: String(1000 + ((index * 7919) % 900_000)),
    founded: String(1147 + ((index * 31) % 850)),
  }));
}

export function citiesAsCsv(cities: readonly TestCity[], delimiter = ","): string {
  const lines = cities.map(({ code, name, taxOffice, population, founded }) =>
    [code, name.includes(",") ? `"${name}"` : name, taxOffice, population, founded].join(delimiter),
  );
  return `${["kladr_id", "name", "tax_office", "population", "founded"].join(delimiter)}\n${lines.join("\n")}\n`;
}

/** Text of the cities in windows-1251: the letters, the quotes and ASCII. */
export function inWindows1251(text: string): Uint8Array {
  const letters = new TextDecoder("windows-1251").decode(Uint8Array.from({ length: 256 }, (_, byte) => byte));
  return Uint8Array.from(text, (character) => letters.indexOf(character));
}
