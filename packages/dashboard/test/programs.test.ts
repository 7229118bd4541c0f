import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { freePort, installMissing } from '@etl/local-stack';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { course, type Gateway, mergeRows, openGateway, TOKEN } from '../../gateway/test/support.ts';
import { type FileRequest, rowsRequestOf } from '../src/views/share/file-request.ts';
import { PROGRAMS } from '../src/views/share/programs/programs.ts';
import { inPhp, inPython, inR, inShell } from '../src/views/share/programs/quoted.ts';
import { anyText, HOSTILE, programOf, RANGE, REQUESTS } from './programs-request.ts';
import { INTERPRETED, type Interpreted, run, TOOLS } from './programs-run.ts';
import { loadCategories } from './term.ts';

/** More than the most rows of a page of courses. */
const COURSES = 1_100;

const SERVERS = { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') };
const WITH_ROWS = INTERPRETED.filter((language) => language !== 'curl');

type Row = Record<string, unknown>;

let gateway: Gateway;
let origin: string;

beforeAll(async () => {
  installMissing(TOOLS, (line) => process.stderr.write(`${line}\n`));
  gateway = await openGateway(SERVERS);
  await loadCategories(gateway);
  const rows = Array.from({ length: COURSES }, (_, index) => ({
    ...course(index + 1),
    course_name: `Course ${index} ${HOSTILE}`,
    course_shortname: index % 2 ? 'NA' : '007',
    total_views: index,
  }));
  await mergeRows(gateway, RANGE.from, rows);
  await mergeRows(gateway, RANGE.to, [
    ...rows.slice(0, 700),
    // Its category is gone, and it has no name.
    { ...course(COURSES + 1), course_name: '', category_id: 99, category_path: '/99' },
  ]);
  origin = await gateway.app.listen({ port: 0, host: '127.0.0.1' });
});

afterAll(() => gateway?.close());

const REQUEST = REQUESTS.find(({ of }) => of === 'rows') as FileRequest;

/** The rows that the API answers, read page by page. */
async function rowsOf({ address, query, next }: ReturnType<typeof rowsRequestOf>): Promise<Row[]> {
  const rows: Row[] = [];
  for (let place = {}; ; ) {
    const answer = await fetch(`${address}?${new URLSearchParams({ ...query, ...place })}`, {
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    const page = (await answer.json()) as { data: Row[]; has_next: boolean; next_cursor?: string };
    rows.push(...page.data);
    if (!page.has_next) return rows;
    place = next === 'cursor' ? { cursor: page.next_cursor } : { offset: rows.length };
  }
}

/** The rows as a data frame of R has them: a category has a column for each field, and each row every column. */
function asFrame(rows: readonly Row[]): Row[] {
  const isObject = (value: unknown): value is Row =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const flat = rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).flatMap(([name, value]) =>
        isObject(value)
          ? Object.entries(value).map(([part, inner]) => [`${name}.${part}`, inner] as const)
          : [[name, value] as const],
      ),
    ),
  );
  const names = [...new Set(flat.flatMap(Object.keys))];
  // A category that is gone is null: its columns are those of the other rows.
  const columns = names.filter((name) => !names.some((other) => other.startsWith(`${name}.`)));
  return flat.map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null])));
}

describe.each(REQUESTS)('the rows of the API: $of by $listing.sort', (request) => {
  it.each(WITH_ROWS)('are those that the program reads, page after page: %s', async (language) => {
    const whole = rowsRequestOf({ ...request, category: undefined }, origin);
    for (const limit of [whole.query.limit, '300', '1100']) {
      if (Number(limit) > Number(whole.query.limit)) continue;
      const asked = { ...whole, query: { ...whole.query, limit: limit ?? '' } };
      const expected = await rowsOf(asked);
      expect(expected.length).toBeGreaterThan(0);
      const text = PROGRAMS[language].write(asked);
      const { code, output, files } = await run(language, text, { token: TOKEN, rows: true });
      expect({ code, output }).toEqual({ code: 0, output: `${expected.length} rows\n` });
      const rows = JSON.parse(files['rows.json'] ?? '');
      expect(language === 'r' ? asFrame(rows) : rows).toEqual(
        language === 'r' ? asFrame(expected) : expected,
      );
    }
  });

  it('are in the file that the program for curl saves', async () => {
    const { file } = rowsRequestOf(request, origin);
    const answer = await fetch(file.address, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(answer.status).toBe(200);
    const { code, files } = await run('curl', programOf('curl', request, origin), { token: TOKEN });
    expect({ code, files }).toEqual({ code: 0, files: { [file.name]: `\uFEFF${await answer.text()}` } });
  });
});

it('a request without rows gives a table without rows', async () => {
  for (const language of WITH_ROWS) {
    const listing = { q: 'no such course', filter: 'all', sort: 'name', order: 'asc' } as const;
    const text = programOf(language, { of: 'listed', ...RANGE, listing }, origin);
    const { code, output } = await run(language, text, { token: TOKEN, rows: true });
    expect({ code, output }, language).toEqual({ code: 0, output: '0 rows\n' });
  }
});

describe.each(INTERPRETED)('a program ends with a message and no rows: %s', (language) => {
  const ending = async (at: string, token: string | undefined = TOKEN, request = REQUEST) => {
    const ended = await run(language, programOf(language, request, at), { token });
    expect(ended.code, ended.output).not.toBe(0);
    expect(ended.output).not.toContain(TOKEN);
    expect(ended.files).toEqual({});
    return ended.output;
  };

  it('if its token is wrong', async () => {
    const output = await ending(origin, `${TOKEN}-wrong`);
    expect(output).toMatch(/HTTP 401: .*"code":"UNAUTHORIZED"/);
  });

  it('if it has no token', async () => {
    const text = programOf(language, REQUEST, origin);
    for (const token of [undefined, '']) {
      const { code, output } = await run(language, text, { token });
      expect(code).not.toBe(0);
      expect(output).toMatch('Set TOKEN to an API token.');
    }
  });

  it('if the API rejects the request', async () => {
    const output = await ending(origin, TOKEN, { ...REQUEST, to: '2024-02-31' });
    expect(output).toMatch(/HTTP 400: .*2024-02-31/);
  });

  it('if the gateway is down', async () => {
    const port = await freePort();
    expect(await ending(`http://127.0.0.1:${port}`)).toMatch(/refused|connect/i);
  });

  it('if it has made too many requests', async () => {
    const strict = await openGateway(SERVERS, { env: { ETL_RATE_LIMIT: '1' } });
    try {
      const at = await strict.app.listen({ port: 0, host: '127.0.0.1' });
      await fetch(`${at}/api/user_activity_etl/me`, { headers: { authorization: `Bearer ${TOKEN}` } });
      expect(await ending(at)).toMatch(/HTTP 429: .*"code":"RATE_LIMITED"/);
    } finally {
      await strict.close();
    }
  });

  it('if the answer ends too early', async () => {
    const server = createServer((_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
      answer.write('{"status":true,"data":[', () => answer.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    try {
      await ending(`http://127.0.0.1:${port}`);
    } finally {
      server.close();
    }
  });
});

describe.each(INTERPRETED)('a redirect ends a program, and its token goes nowhere: %s', (language) => {
  it.each([301, 302, 303, 307, 308])('%i', async (status) => {
    const asked: string[] = [];
    const other = createServer((request, answer) => {
      asked.push(`${request.url} ${request.headers.authorization}`);
      answer.end('{"status":true,"data":[],"has_next":false,"next_cursor":null}');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const location = `http://localhost:${(other.address() as AddressInfo).port}/rows`;
    const first = createServer((_, answer) => answer.writeHead(status, { location }).end('moved'));
    await new Promise<void>((resolve) => first.listen(0, '127.0.0.1', resolve));
    try {
      const at = `http://127.0.0.1:${(first.address() as AddressInfo).port}`;
      const { code, output, files } = await run(language, programOf(language, REQUEST, at), { token: TOKEN });
      expect(code, output).not.toBe(0);
      expect(output).toContain(`HTTP ${status}: moved`);
      expect({ asked, files }).toEqual({ asked: [], files: {} });
    } finally {
      other.close();
      first.close();
    }
  });
});

it('a category that is null on a whole page adds no column: r', async () => {
  const listing = { filter: 'all', sort: 'name', order: 'desc' } as const;
  const asked = rowsRequestOf({ of: 'listed', ...RANGE, listing }, origin);
  // The course whose category is gone is alone on the last page.
  const text = PROGRAMS.r.write({ ...asked, query: { ...asked.query, limit: String(COURSES / 4) } });
  const { code, output, files } = await run('r', text, { token: TOKEN, rows: true });
  expect(code, output).toBe(0);
  const rows: Row[] = JSON.parse(files['rows.json'] ?? '');
  expect(rows).toHaveLength(COURSES + 1);
  expect(rows.at(-1)).toMatchObject({ moodle_course_id: COURSES + 1, 'category.id': null });
  expect(Object.keys(rows[0] ?? {}).filter((name) => name.startsWith('category'))).toEqual([
    'category.id',
    'category.idnumber',
    'category.name',
  ]);
});

/** Programs that print texts, as JSON or each ended by a NUL. */
const PRINTING: Record<Interpreted, (texts: string[]) => string> = {
  curl: (texts) => `printf '%s\\0' ${texts.map(inShell).join(' ')}`,
  python: (texts) => `import json\nprint(json.dumps([${texts.map(inPython).join()}]))`,
  php: (texts) => `<?php echo json_encode([${texts.map(inPhp).join()}], JSON_THROW_ON_ERROR);`,
  // R rejects escapes in lines of more than 4,096 bytes. A search text has 200 letters at most.
  r: (texts) => `writeLines(jsonlite::toJSON(c(${texts.map(inR).join(',\n')})), useBytes = TRUE)`,
};

it.each(INTERPRETED)('any text is quoted so that the program has that very text: %s', async (language) => {
  const texts = fc.array(anyText, { minLength: 1, maxLength: 200, size: 'max' });
  await fc.assert(
    fc.asyncProperty(texts, async (any) => {
      // A shell and R have no texts with a NUL.
      const given = any.map((text) => (language === 'curl' ? text.replaceAll('\0', '') : text));
      const { code, output } = await run(language, PRINTING[language](given));
      expect(code, output).toBe(0);
      const printed = language === 'curl' ? output.split('\0').slice(0, -1) : JSON.parse(output);
      expect(printed).toEqual(
        language === 'r' ? given.map((text) => text.replaceAll('\0', '\uFFFD')) : given,
      );
    }),
    { numRuns: 10, endOnFailure: true },
  );
});
