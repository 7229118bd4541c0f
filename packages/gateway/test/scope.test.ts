import fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { addLeftOutAndRestated, checkCells } from './cells-of-world.ts';
import { administratorOf, anyClaims, claimsOf, type Reader, viewerOf } from './readers.ts';
import { checkRestatements, loadWorld } from './restated-world.ts';
import { checkRows, orderedRows } from './rows-of-world.ts';
import { checkSums, RANGE } from './sums-of-world.ts';
import { API, type Gateway, openGateway } from './support.ts';
import { ADMIN_ROLE, JWT_ENV, signed } from './tokens.ts';
import { build, DATES, LEAST, rowsOf, type World, world } from './world.ts';

/**
 * Worlds, and viewers of each. Each viewer reads through a gateway without ETL_SUPPRESS_BELOW, and through one with it.
 * They make more than ten thousand requests, each compared with an independent result.
 */
const WORLDS = 16;
const VIEWERS = 5;

let gateway: Gateway;
/** The same warehouse through gateways that withhold small groups, and through one that does not. */
let gateways: { app: Gateway['app']; least: number }[];
let compared = 0;
let rowsSeen = 0;
let emptyAnswers = 0;
let restatementsSeen = 0;

const onAnswer = () => {
  compared += 1;
};

beforeAll(async () => {
  gateway = await openGateway(
    { mysqlUrl: inject('mysqlUrl'), redisUrl: inject('redisUrl') },
    { env: JWT_ENV },
  );
  gateways = [
    { app: gateway.app, least: 0 },
    { app: await gateway.further({ ETL_SUPPRESS_BELOW: String(LEAST) }), least: LEAST },
  ];
});

afterAll(() => gateway?.close());

async function checkAll(
  reader: Reader,
  all: World,
  rows: Awaited<ReturnType<typeof orderedRows>>,
  pick: number,
) {
  for (const [date, ofDate] of rows) {
    const seen = await checkRows(reader, date, ofDate);
    rowsSeen += seen;
    if (seen === 0) emptyAnswers += 1;
  }
  await checkSums(reader, all, pick);
}

/** A course and a category that exist outside the scope answer as those that do not exist. */
async function checkRefused({ get, isInScope, sees }: Reader, all: World): Promise<void> {
  const refused = async (query: string) => {
    const answer = await get(`series?${RANGE}&${query}`);
    expect(answer.statusCode).toBe(400);
    return String(answer.json().error).replace(/"[^"]*"/, '""');
  };
  const outside = all.categories.find(({ id }) => !isInScope(id));
  const isNamed = (id: number) =>
    all.categories.some((one) => isInScope(one.id) && one.idnumber === String(id));
  if (outside && !isNamed(outside.id)) {
    const unknown = (await refused('category=none-of-these')).split('.')[0];
    expect((await refused(`category=${outside.id}`)).split('.')[0]).toBe(unknown);
  }
  const isHidden = ({ category, views, students }: World['courses'][number]) =>
    DATES.every((_, day) => views[day] == null || !sees({ category, students: students[day] ?? 0 }));
  const hidden = all.courses.find(isHidden);
  if (hidden) expect(await refused(`course=${hidden.id}`)).toBe(await refused('course=999999'));
}

it('every call returns all rows inside the scope and none outside', async () => {
  await fc.assert(
    fc.asyncProperty(
      world,
      fc.array(fc.tuple(anyClaims, fc.nat()), { minLength: VIEWERS, maxLength: VIEWERS }),
      async (all, viewers) => {
        const loaded = await loadWorld(gateway, all);
        const readers: { reader: Reader; pick: number }[] = [];
        for (const through of gateways) {
          for (const [claims, pick] of viewers) {
            readers.push({
              reader: await viewerOf(all, claimsOf(all, claims), { ...through, onAnswer }),
              pick,
            });
          }
        }
        for (const { reader } of readers) restatementsSeen += await checkRestatements(loaded, reader);
        await addLeftOutAndRestated(gateway, all);
        const rows = await orderedRows(gateway, all);
        for (const { reader, pick } of readers) {
          await checkAll(reader, all, rows, pick);
          await checkRefused(reader, all);
          await checkCells(reader, all);
        }
        for (const { app } of gateways) await checkAll(await administratorOf(app, onAnswer), all, rows, 1);
      },
    ),
    { numRuns: WORLDS, endOnFailure: true },
  );
  expect(compared).toBeGreaterThan(10_000);
  // The generated readers see enough rows, and enough of them see none.
  expect(rowsSeen).toBeGreaterThan(1000);
  expect(emptyAnswers).toBeGreaterThan(100);
  expect(restatementsSeen).toBeGreaterThan(100);
});

it('an administrator sees everything for any other claims, and needs a user name', async () => {
  const [all] = fc.sample(world, 1) as [World];
  await build(gateway, all);
  const count = async (claims: Record<string, unknown>) => {
    const answer = await gateway.app.inject({
      method: 'GET',
      url: `${API}/results/${DATES[0]}`,
      headers: { authorization: `Bearer ${await signed(claims)}` },
    });
    return answer.json().count;
  };
  const rows = rowsOf(all, 0).length;
  expect(await count({ username: 'root', roles: ['lecturer', ADMIN_ROLE], directorate: 'none' })).toBe(rows);
  expect(await count({ username: 'root', roles: 'dean' })).toBe(rows);
  expect(await count({ roles: [ADMIN_ROLE] })).toBe(0);
  expect(await count({ username: null, roles: [ADMIN_ROLE] })).toBe(0);
  expect(await count({ username: 'root', roles: [ADMIN_ROLE.toUpperCase()] })).toBe(0);
  expect(await count({ username: 'root', roles: [`${ADMIN_ROLE}-readonly`, 'de'] })).toBe(0);
  expect(await count({ username: 'root' })).toBe(0);
});
