import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { PolyflowError } from "@polyflow/contracts";

const VERSION = 0x80;
const KEY_BYTES = 32;
const HEADER_BYTES = 1 + 8 + 16;
const HMAC_BYTES = 32;
const BLOCK_BYTES = 16;

interface FernetKey {
  readonly signing: Buffer;
  readonly encryption: Buffer;
}

export interface FernetOptions {
  /** Milliseconds since the epoch; goes into the token. */
  readonly now: () => number;
  /** For tests with the specification's vectors only. */
  readonly initialisationVector?: () => Buffer;
}

/**
 * Fernet tokens (https://github.com/fernet/spec): AES-128-CBC with HMAC-SHA256. Values that Airflow encrypted can be read, and the other way round.
 * The first key encrypts, all decrypt: to rotate, put the new key in front and save the values again.
 * @example
 * const fernet = new Fernet([generateFernetKey()], { now: Date.now });
 * fernet.decrypt(fernet.encrypt("secret")); // "secret"
 */
export class Fernet {
  readonly #keys: readonly [FernetKey, ...FernetKey[]];
  readonly #options: FernetOptions;

  /** @throws PolyflowError `config_invalid` when there is no key, or one is not 32 bytes in base64url. */
  constructor(keys: readonly string[], options: FernetOptions) {
    const [first, ...others] = keys.map(parseKey);
    if (first === undefined) {
      throw new PolyflowError("config_invalid", "There is no Fernet key to encrypt secrets with. Set [core] fernet_key.");
    }
    this.#keys = [first, ...others];
    this.#options = options;
  }

  encrypt(clear: string): string {
    const key = this.#keys[0];
    const vector = this.#options.initialisationVector?.() ?? randomBytes(BLOCK_BYTES);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt8(VERSION, 0);
    header.writeBigUInt64BE(BigInt(Math.floor(this.#options.now() / 1000)), 1);
    vector.copy(header, 9);
    const cipher = createCipheriv("aes-128-cbc", key.encryption, vector);
    const signed = Buffer.concat([header, cipher.update(clear, "utf8"), cipher.final()]);
    // Padding is kept, as in the specification and in Airflow.
    return toPaddedBase64Url(Buffer.concat([signed, sign(key, signed)]));
  }

  /** @throws PolyflowError `secret_undecipherable` when the token is damaged or was made with another key. */
  decrypt(token: string): string {
    const bytes = Buffer.from(token, "base64url");
    const cipherBytes = bytes.length - HEADER_BYTES - HMAC_BYTES;
    if (bytes[0] === VERSION && cipherBytes >= BLOCK_BYTES && cipherBytes % BLOCK_BYTES === 0) {
      const signed = bytes.subarray(0, -HMAC_BYTES);
      const signature = bytes.subarray(-HMAC_BYTES);
      for (const key of this.#keys) {
        if (timingSafeEqual(sign(key, signed), signature)) return decipher(key, signed);
      }
    }
    throw new PolyflowError(
      "secret_undecipherable",
      "A stored secret cannot be decrypted with any of the configured Fernet keys. Put the key that encrypted it into [core] fernet_key, or enter the secret again.",
    );
  }
}

/** A new key: 32 random bytes in base64url, as `[core] fernet_key` holds it. */
export function generateFernetKey(): string {
  return toPaddedBase64Url(randomBytes(KEY_BYTES));
}

function parseKey(text: string): FernetKey {
  const bytes = Buffer.from(text.trim(), "base64url");
  if (bytes.length !== KEY_BYTES) {
    throw new PolyflowError(
      "config_invalid",
      `A Fernet key must be ${KEY_BYTES} bytes in base64url; one of [core] fernet_key has ${bytes.length}. Generate a new one.`,
    );
  }
  return { signing: bytes.subarray(0, 16), encryption: bytes.subarray(16) };
}

function sign(key: FernetKey, data: Buffer): Buffer {
  return createHmac("sha256", key.signing).update(data).digest();
}

function decipher(key: FernetKey, signed: Buffer): string {
  const decoder = createDecipheriv("aes-128-cbc", key.encryption, signed.subarray(9, HEADER_BYTES));
  return Buffer.concat([decoder.update(signed.subarray(HEADER_BYTES)), decoder.final()]).toString("utf8");
}

function toPaddedBase64Url(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
