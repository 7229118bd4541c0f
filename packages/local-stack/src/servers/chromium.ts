import { binary } from './binaries.ts';

/** How playwright-core launches Debian's Chromium, as root too. No service of Google is called, and nothing needs a screen. */
export function chromiumOptions(): { executablePath: string; args: string[] } {
  return {
    executablePath: binary('chromium'),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}
