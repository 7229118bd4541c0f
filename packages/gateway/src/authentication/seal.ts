import { hkdfSync } from 'node:crypto';
import { EncryptJWT, type JWTPayload, jwtDecrypt } from 'jose';

const ALGORITHMS = { alg: 'dir', enc: 'A256GCM' } as const;

/** Encrypts what a cookie holds. Every gateway with the same secret can read it. */
export interface Seal {
  /** `until`: epoch seconds. */
  close(content: object, until: number): Promise<string>;
  /** Throws an error of jose if the text is not such a cookie, or if its time is over at `at`. */
  open(text: string, at: Date): Promise<JWTPayload>;
}

/** A seal with a key that nothing but this purpose uses. */
export function sealFor(secret: string, purpose: string): Seal {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', purpose, 32));
  return {
    close: (content, until) =>
      new EncryptJWT({ ...content }).setProtectedHeader(ALGORITHMS).setExpirationTime(until).encrypt(key),
    open: async (text, at) => {
      const { payload } = await jwtDecrypt(text, key, {
        keyManagementAlgorithms: [ALGORITHMS.alg],
        contentEncryptionAlgorithms: [ALGORITHMS.enc],
        currentDate: at,
      });
      return payload;
    },
  };
}
