import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { API, type Gateway, openGateway } from './support.ts';

const BOARD = '/admin/queues';
const UI = path.dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json'));
const authorization = `Basic ${Buffer.from('operator:a-board-password').toString('base64')}`;

let gateway: Gateway;
beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: { BULL_BOARD_USER: 'operator', BULL_BOARD_PASSWORD: 'a-board-password' } },
  );
});
afterAll(() => gateway?.close());

const get = (url: string, headers = {}) => gateway.app.inject({ url, headers });
const page = (url: string) => get(url, { authorization });

/** The directives of an answer's policy. */
function policyOf({ headers }: Awaited<ReturnType<typeof get>>): Record<string, string[]> {
  const directives = String(headers['content-security-policy']).split(';');
  return Object.fromEntries(
    directives.map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/ +/);
      return [name, sources];
    }),
  );
}

const sha256 = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found = '']) => found);

it.each([
  ['the board', BOARD, { authorization }],
  ['a page of the board', `${BOARD}/queue/main-etl`, { authorization }],
  ['data of the board', `${BOARD}/api/queues`, { authorization }],
  ['the board without a password', BOARD, {}],
  ['the documentation', '/docs/', {}],
  ['the OpenAPI document', '/openapi.json', {}],
  ['the dashboard without a build', '/app', {}],
  ['an unknown path', '/nothing', {}],
  ['the API', `${API}/status`, {}],
  ['a health check', '/health/live', {}],
])('the policy of %s allows no other host and no inline script', async (_, url, headers) => {
  const policy = policyOf(await get(url, headers));
  expect(policy).toMatchObject({
    'default-src': ["'none'"],
    'frame-ancestors': ["'none'"],
    'form-action': ["'none'"],
  });
  expect(policy['base-uri']?.join()).toMatch(/^'(none|self)'$/);
  expect(policy['script-src'] ?? ["'self'"]).toEqual(["'self'"]);
  const sources = Object.values(policy).flat();
  const allowed = /^('none'|'self'|'unsafe-hashes'|'sha256-[\w+/]{43}='|data:)$/;
  expect(sources.filter((source) => !allowed.test(source))).toEqual([]);
  // Only images may be inline.
  expect(Object.keys(policy).filter((name) => policy[name]?.includes('data:'))).toEqual(
    'img-src' in policy ? ['img-src'] : [],
  );
});

describe('page of the board', () => {
  it('the page of the board names no other host', async () => {
    const { body, statusCode } = await page(BOARD);
    expect(statusCode).toBe(200);
    expect(body).toContain('<div id="root">');
    expect(body).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect(body).not.toContain('googleapis');
    // If the library's page stops loading fonts, FOREIGN_LINK can go.
    expect(readFileSync(path.join(UI, 'dist/index.ejs'), 'utf8')).toContain('https://fonts.googleapis.com/');
  });

  it('the page of the board loads files that the board serves', async () => {
    const { body } = await page(BOARD);
    const files = matches(body, /(?:src|href)="(static\/[^"]+)"/g);
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) expect((await page(`${BOARD}/${file}`)).statusCode, file).toBe(200);
    const styles = globSync('dist/static/css/**/*.css', { cwd: UI }).map((file) =>
      readFileSync(path.join(UI, file), 'utf8'),
    );
    expect(styles.length).toBeGreaterThan(0);
    for (const css of styles) expect(css).not.toMatch(/@import|url\(["']?(https?:)?\/\//);
  });

  it('the page of the board has no inline script, and its policy allows exactly its inline styles and those that its scripts add', async () => {
    const answer = await page(BOARD);
    const scripts = matches(answer.body, /<script\b([^>]*)>/g);
    expect(scripts.length).toBeGreaterThan(1);
    // A browser does not run JSON.
    expect(scripts.filter((attributes) => !/\bsrc=|type="application\/json"/.test(attributes))).toEqual([]);
    expect(answer.body).not.toMatch(/\son\w+=|javascript:/i);

    const ofPage = [
      ...matches(answer.body, /<style>([^<]*)<\/style>/g),
      ...matches(answer.body, /\bstyle="([^"]*)"/g),
    ];
    const ofScripts = globSync('dist/static/js/**/*.js', { cwd: UI }).flatMap((file) => {
      const code = readFileSync(path.join(UI, file), 'utf8');
      // Calls such as jsx("style", {children: `…`}). A name in braces is declared before it as `let l="…"`.
      return matches(code, /\("style",\{(?:[^`}]*,)?children:`([^`]*)`\}\)/g).map((css) =>
        css.replace(
          /\$\{(\w+)\}/g,
          (_, name) => new RegExp(`let ${name}="([\\w-]+)"`).exec(code)?.[1] ?? name,
        ),
      );
    });
    expect(ofScripts).toHaveLength(2);
    const hashes = policyOf(answer)['style-src']?.filter((source) => source.startsWith("'sha256-")) ?? [];
    expect(new Set(hashes)).toEqual(new Set([...ofPage, ...ofScripts].map(sha256)));
  });
});
