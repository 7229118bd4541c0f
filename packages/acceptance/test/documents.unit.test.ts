import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CONFIG_NAMES, ERROR_CODES, VIEW_KINDS } from '@etl/core';
import { DOCUMENTED_SQL } from '@etl/local-stack';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const REPOSITORY = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(REPOSITORY, file), 'utf8');

const DOCUMENTS = globSync(
  ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/*.md', 'docker/*.md', 'packages/*/README.md'],
  {
    cwd: REPOSITORY,
  },
);
const TEXTS = DOCUMENTS.map((file) => [file, read(file)] as const);

/** The longest line of prose, in characters. A row of a table can be longer. */
const LONGEST_LINE = 140;

/** Commands of pnpm and of the project. */
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const COMMANDS = new Set([...Object.keys(scripts), 'install', 'vitest']);

/** The actions of the contract. `contract.test.ts` compares them with the command's help. */
const commandLine = read('docs/contract.md').split('\n## The command line\n')[1]?.split('\n## ')[0] ?? '';
const ACTIONS = [...commandLine.matchAll(/^\| `(\w+)` /gm)].map(([, name = '']) => name);

describe('the runbook has an entry for each existing', () => {
  const entries = (title: string) => {
    const runbook = read('docs/runbook.md');
    const from = runbook.indexOf(`\n## ${title}\n`);
    const to = runbook.indexOf('\n## ', from + 1);
    return [...runbook.slice(from, to < 0 ? undefined : to).matchAll(/^### `(\w+)`$/gm)].map(
      ([, name]) => name,
    );
  };

  it('error code', () => {
    expect(entries('Error codes').toSorted()).toEqual(ERROR_CODES.toSorted());
  });

  it('rule of Prometheus', () => {
    const { groups } = parse(read('docker/monitoring/alerts.yaml'));
    const rules = groups.flatMap(({ rules }: { rules: { alert: string }[] }) =>
      rules.map(({ alert }) => alert),
    );
    expect(entries('Prometheus rules').toSorted()).toEqual(rules.toSorted());
  });

  it('cause of an alert, and docs/monitoring.md names the same causes', () => {
    const files = globSync(['packages/alerts/src/**/*.ts', 'packages/worker/src/worker.ts'], {
      cwd: REPOSITORY,
    });
    const causes = files.flatMap((file) =>
      [...read(file).matchAll(/\bcause: '(\w+)'|\bCAUSE = '(\w+):'/g)].map(([, one, other]) => one ?? other),
    );
    expect(causes.length).toBeGreaterThan(4);
    expect(entries('Alerts').toSorted()).toEqual(causes.toSorted());
    const [, table = ''] = read('docs/monitoring.md').split(/^## (?:Alerts|Metrics)$/m);
    const described = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(described.toSorted()).toEqual(causes.toSorted());
  });
});

it('the README stays short', () => {
  expect(read('README.md').split(/\s+/).length).toBeLessThanOrEqual(900);
});

describe('page about figures', () => {
  const page = read('docs/figures.md');

  it('the page about figures has a row for each kind of view', () => {
    const kinds = [...page.matchAll(/^\| `(\w+_views)` +\| `(mod_\w+)`/gm)].map(([, ...cells]) => cells);
    expect(kinds).toEqual(VIEW_KINDS.map(({ column, component }) => [column, component]));
  });

  it('the page about figures shows the SQL that the tables are compared with', () => {
    const [activityCounts = '', userCounts = ''] = [...page.matchAll(/^```sql\n(.*?)^```/gms)].map(
      ([, sql]) => sql,
    );
    const linesOf = (sql: string) =>
      sql
        .replace('[start_date] AND [end_date]', '? AND ?')
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '');
    for (const line of linesOf(activityCounts)) expect(DOCUMENTED_SQL.activityCounts).toContain(line);
    expect(linesOf(userCounts)).toEqual(linesOf(DOCUMENTED_SQL.userCounts));
  });
});

describe('page about reliability', () => {
  const page = read('docs/reliability.md');
  const sources = globSync('packages/*/src/**/*.ts', { cwd: REPOSITORY }).map(read).join('\n');
  const tests = globSync('packages/*/test/**/*.test.ts', {
    cwd: REPOSITORY,
    exclude: (name) => name.includes('node_modules'),
  }).map((file) => path.basename(file).split('.')[0]);
  const rowsUnder = (header: string) =>
    page.slice(page.indexOf(header)).split('\n\n')[0]?.split('\n').slice(2) ?? [];

  it('the page about reliability names the function that makes each transition', () => {
    const rows = rowsUnder('| transition ');
    expect(rows.length).toBeGreaterThan(9);
    for (const row of rows) {
      const functions = [...(row.split(' | ').at(-1) ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
      expect(functions, row).not.toEqual([]);
      for (const name of functions) {
        expect(sources, `${name} is there`).toMatch(new RegExp(`export (async )?function ${name}\\b`));
      }
    }
  });

  it('the page about reliability names test files that exist', () => {
    const rows = rowsUnder('| shows ');
    expect(rows.length).toBeGreaterThan(9);
    for (const row of rows) {
      for (const [, name] of row.matchAll(/`([a-z-]+)`(?!\w)/g)) {
        if (name !== 'migrate') expect(tests, row).toContain(name);
      }
    }
  });
});

it('the docs quote messages of the code', () => {
  const sources = globSync('packages/*/src/**/*.ts', { cwd: REPOSITORY }).map(read).join('\n');
  const quoted = TEXTS.filter(([file]) => file.startsWith('docs/')).flatMap(([, text]) =>
    [...text.matchAll(/`([A-Za-z]+(?:,? [a-z]+)+)`/g)].map(([, quote = '']) => quote),
  );
  const messages = quoted.filter((quote) => !/^(?:docker|etl|git|pnpm|systemctl) /.test(quote));
  expect(messages.length).toBeGreaterThan(4);
  expect(messages.filter((message) => !sources.includes(message))).toEqual([]);
});

describe.each(TEXTS)('%s', (file, text) => {
  it('wraps its prose', () => {
    const long = text.split('\n').filter((line) => line.length > LONGEST_LINE && !line.startsWith('|'));
    expect(long).toEqual([]);
  });

  it('links to existing files and headings', () => {
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [to = '', anchor] = target.split('#');
      const linked = to === '' ? file : path.join(path.dirname(file), to);
      expect(existsSync(path.join(REPOSITORY, linked)), `${target} is there`).toBe(true);
      if (anchor === undefined) continue;
      const anchors = [...read(linked).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w\s-]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors, target).toContain(anchor);
    }
  });

  it('a page names files that exist', () => {
    for (const [, name = ''] of text.matchAll(
      /`((?:packages|scripts|docker)\/(?!\.env|secrets)[\w./-]+)`/g,
    )) {
      expect(existsSync(path.join(REPOSITORY, name)), `${file}: ${name}`).toBe(true);
    }
  });

  it('a page names existing variables and codes', () => {
    const known = new Set<string>([...CONFIG_NAMES, ...ERROR_CODES]);
    for (const [name] of text.matchAll(/\b(?:ETL|MOODLE|REDIS|BULL_BOARD)_[A-Z][A-Z_]*[A-Z]\b/g)) {
      const variable = name.replace(/_FILE$/, '');
      // Families of variables (ETL_DATABASE_…), and variables of other software's images.
      const isKnown = known.has(variable) || /^(ETL_DATABASE|MOODLE_DATABASE)$/.test(variable);
      expect(isKnown, `${file}: ${name}`).toBe(true);
    }
  });

  it('a page names existing commands', () => {
    for (const [, command = ''] of text.matchAll(
      /(?:^ *|`)(?:\.\/scripts\/)?pnpm(?:\.sh)? ([a-z][\w:]*)/gm,
    )) {
      expect(COMMANDS, `${file}: pnpm ${command}`).toContain(command);
    }
    for (const [, action = ''] of text.matchAll(/(?:pnpm |pnpm\.sh |`)etl ([a-z]\w*)/g)) {
      expect(ACTIONS, `${file}: etl ${action}`).toContain(action);
    }
  });
});

it('every variable is in the reference, and every command and action in the documents', () => {
  const reference = read('docs/configuration.md');
  for (const name of CONFIG_NAMES) expect(reference).toContain(`| \`${name}\``);
  const all = TEXTS.map(([, text]) => text).join('\n');
  for (const command of Object.keys(scripts)) {
    const isThere = all.includes(`pnpm ${command}`) || all.includes(`pnpm.sh ${command}`);
    expect(isThere || command === 'demo', `pnpm ${command}`).toBe(true);
  }
  expect(ACTIONS.length).toBeGreaterThan(8);
  for (const action of ACTIONS) expect(all).toMatch(new RegExp(`etl ${action}|\`${action}\``));
});
