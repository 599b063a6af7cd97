import { hash, verify } from "@node-rs/argon2";

/** OWASP's minimum for argon2id (the library's default kind): 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Longer ones are refused before hashing, so that nobody buys our time with a megabyte of password. */
export const LONGEST_PASSWORD = 1024;

/** @returns an argon2id hash in PHC form, as `IdentityStore.createUser` takes it. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

/** A hash with our parameters that no password is known for; checked when the user is unknown, so that the answer takes as long. */
let dummyHash: Promise<string> | undefined;

/**
 * Whether the password belongs to the hash. Takes the same time when there is no hash (unknown user).
 * @throws when the stored hash is no PHC string.
 */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  dummyHash ??= hashPassword(crypto.randomUUID());
  const isRight = await verify(passwordHash ?? (await dummyHash), password);
  return isRight && passwordHash !== undefined;
}
