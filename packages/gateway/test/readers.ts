import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { API } from './support.ts';
import { ADMIN_ROLE, signed } from './tokens.ts';
import { ancestry, DATES, type World } from './world.ts';

/** A row of a world, as the tests see it. */
export interface Row {
  course: number;
  category: number;
  date: string;
  views: number;
  students: number;
}

/** All rows of a world. */
export function rowsIn({ courses }: World): Row[] {
  return courses.flatMap(({ id, category, views, students }) =>
    DATES.flatMap((date, day) => {
      const own = views[day] ?? null;
      return own === null ? [] : [{ course: id, category, date, views: own, students: students[day] ?? 0 }];
    }),
  );
}

type Answer = Awaited<ReturnType<FastifyInstance['inject']>>;

/** Who reads a world through a gateway, and what it must see there. */
export interface Reader {
  isAdministrator: boolean;
  /** Rows with fewer students are withheld. 0: none. */
  least: number;
  isInScope(category: number): boolean;
  sees(row: Pick<Row, 'category' | 'students'>): boolean;
  get(path: string): Promise<Answer>;
}

export interface Claims {
  directorate?: string | number | null | undefined;
  unit?: string | number | null | undefined;
}

/** A viewer with these claims. `onAnswer`: called for each answer. */
export async function viewerOf(
  all: World,
  claims: Claims,
  { app, least, onAnswer }: { app: FastifyInstance; least: number; onAnswer(): void },
): Promise<Reader> {
  const isInScope = (category: number) => isVisible(all, claims, category);
  return {
    isAdministrator: false,
    least,
    isInScope,
    sees: ({ category, students }) => isInScope(category) && students >= least,
    get: getter(app, await signed({ username: 'viewer', roles: ['lecturer'], ...claims }), onAnswer),
  };
}

/** An administrator sees every row, whatever the gateway withholds from viewers. */
export async function administratorOf(app: FastifyInstance, onAnswer: () => void): Promise<Reader> {
  return {
    isAdministrator: true,
    least: 0,
    isInScope: () => true,
    sees: () => true,
    get: getter(app, await signed({ username: 'root', roles: [ADMIN_ROLE] }), onAnswer),
  };
}

function getter(app: FastifyInstance, token: string, onAnswer: () => void): Reader['get'] {
  return async (path) => {
    onAnswer();
    return app.inject({ url: `${API}/${path}`, headers: { authorization: `Bearer ${token}` } });
  };
}

const anyName = fc.constantFrom(
  ...[undefined, null, '', 'A', 'a', 'A ', 'B', '1', '3', '5', '7', '%', '_', "'", 'none', '0', '01', '1e0'],
  ...[1, 2, 3, 5, 8],
);

/** The value of a claim: mostly an existing category of the right level. */
interface Wanted {
  category: number;
  how: 'idnumber' | 'id' | 'id as text' | 'any name';
  name: string | number | null | undefined;
}

const wanted: fc.Arbitrary<Wanted> = fc.record({
  category: fc.nat(),
  how: fc.constantFrom('idnumber', 'id', 'id as text', 'any name'),
  name: anyName,
});

/** What a viewer's claims are made of. */
export const anyClaims = fc.record(
  { directorate: wanted, unit: fc.option(wanted, { nil: undefined, freq: 2 }) },
  { requiredKeys: [] },
);

export function claimsOf(
  { categories }: World,
  { directorate, unit }: { directorate?: Wanted; unit?: Wanted | undefined },
): Claims {
  const say = ({ category, how, name }: Wanted, isTop: boolean) => {
    const level = categories.filter(({ parent }) => (parent === 0) === isTop);
    const one = level[category % level.length];
    if (how === 'any name' || !one) return name;
    return how === 'idnumber' ? one.idnumber : how === 'id' ? one.id : String(one.id);
  };
  return {
    ...(directorate && { directorate: say(directorate, true) }),
    ...(unit && { unit: say(unit, false) }),
  };
}

/** Uses the parents, not the paths that the system uses. */
function isVisible(all: World, claims: Claims, category: number): boolean {
  const { directorate = null, unit = null } = claims;
  const up = ancestry(all, category);
  const isNamed = (name: string | number, isTop: boolean) => {
    const level = all.categories.filter(({ parent }) => (parent === 0) === isTop);
    const text = String(name);
    if (text === '') return false;
    const byNumber = level.filter(({ idnumber }) => idnumber === text);
    const named = byNumber.length > 0 ? byNumber : level.filter(({ id }) => String(id) === text);
    return named.some(({ id }) => up.includes(id));
  };
  if (directorate === null && unit === null) return false;
  return (directorate === null || isNamed(directorate, true)) && (unit === null || isNamed(unit, false));
}
