import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { binary } from '../servers/binaries.ts';

/** A private certificate authority. */
export interface Authority {
  /** The file with its certificate. */
  ca: string;
  /** Makes a server's certificate for a host's name. Returns the two files. */
  certificateFor(host: string): { certificate: string; key: string };
}

/** Makes an authority with its files in `folder`. */
export function makeAuthority(folder: string, name: string): Authority {
  const file = (rest: string) => path.join(folder, `${name}-${rest}`);
  const ca = file('ca.pem');
  openssl('req', '-x509', ...newKey(file('ca.key')), '-subj', `/CN=${name}`, '-days', '2', '-out', ca);
  return {
    ca,
    certificateFor: (host) => {
      const key = file(`${host}.key`);
      const request = file(`${host}.csr`);
      const extensions = file(`${host}.ext`);
      const certificate = file(`${host}.pem`);
      writeFileSync(extensions, `subjectAltName = DNS:${host}\n`);
      openssl('req', ...newKey(key), '-subj', `/CN=${host}`, '-out', request);
      openssl(
        ...['x509', '-req', '-in', request, '-CA', ca, '-CAkey', file('ca.key'), '-CAcreateserial'],
        ...['-days', '2', '-extfile', extensions, '-out', certificate],
      );
      return { certificate, key };
    },
  };
}

function newKey(file: string): string[] {
  return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', file];
}

function openssl(...words: string[]): void {
  const ran = spawnSync(binary('openssl'), words, { encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`openssl ${words.join(' ')} failed:\n${ran.stderr ?? ran.error}`);
}
