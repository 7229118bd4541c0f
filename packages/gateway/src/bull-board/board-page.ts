import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { LOADS_NOTHING, policyHeader } from '../content-policy.ts';

/** The page's template in the library. */
const TEMPLATE = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')),
  'dist/index.ejs',
);

/** A link that loads a file from another host. The library's page loads its fonts so. */
const FOREIGN_LINK = /<link\b[^>]*\bhref="(?:https?:)?\/\/[^>]*>\s*/g;

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Hashes of the page's inline styles. The browser applies only styles with a listed hash. */
function inlineStyles(html: string): string {
  const elements = [...html.matchAll(/<style>([^<]*)<\/style>/g)];
  const attributes = [...html.matchAll(/\bstyle="([^"]*)"/g)];
  const hashes = [...elements, ...attributes].map(([, style = '']) => sha256(style));
  return [...new Set(hashes)].join(' ');
}

/** Hashes of the styles that the page's scripts add: a logo's colours, and a hidden scrollbar. */
const STYLES_OF_SCRIPTS = [
  "'sha256-r2N1TB/gHbBtBZFKg7ejmq1acVSREzucTAEw6ga4hoU='",
  "'sha256-kLmvWqfziFavKtqHqRsb90f006UAK2Dmd0It5Iz2KFA='",
].join(' ');

/** Removes links to other hosts from the pages of this scope, and sends a policy that forbids them. */
export function keepToOwnHost(scope: FastifyInstance): void {
  const policy = policyHeader({
    ...LOADS_NOTHING,
    // The page has a <base> of its own path.
    'base-uri': "'self'",
    'connect-src': "'self'",
    'font-src': "'self'",
    'img-src': "'self' data:",
    'script-src': "'self'",
    'style-src': `'self' 'unsafe-hashes' ${inlineStyles(readFileSync(TEMPLATE, 'utf8'))} ${STYLES_OF_SCRIPTS}`,
  });
  scope.addHook('onSend', async (_, reply, payload) => {
    reply.header('content-security-policy', policy);
    const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
    return isPage && typeof payload === 'string' ? payload.replace(FOREIGN_LINK, '') : payload;
  });
}
