import { readFileSync } from 'node:fs';
import path from 'node:path';
import { DefaultSettings, Language, TaskUtils } from '@microsoft/powerquery-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileRequest } from '../src/views/share/file-request.ts';
import { inM } from '../src/views/share/programs/quoted.ts';
import { ALL_PROGRAMS, anyText, programOf, REQUESTS } from './programs-request.ts';

const PAGE = path.resolve(import.meta.dirname, '../../../docs/programs.md');

/** The request of the documentation. */
const DOCUMENTED: FileRequest = {
  of: 'rows',
  from: '2024-01-15',
  to: '2024-01-15',
  listing: { filter: 'all', sort: 'name', order: 'asc' },
};

const LANGUAGES = { sh: 'curl', python: 'python', php: 'php', r: 'r', powerquery: 'power-query' } as const;

// `vitest run -u` writes the programs into the page.
it('docs/programs.md has each program as Share makes it', async () => {
  let page = readFileSync(PAGE, 'utf8');
  for (const [language, program] of Object.entries(LANGUAGES)) {
    const text = programOf(program, DOCUMENTED, 'http://localhost:8081');
    const block = new RegExp(`(?<=\`\`\`${language}\n)[^]*?(?=\`\`\`)`);
    expect(page).toMatch(block);
    page = page.replace(block, () => text);
  }
  await expect(page).toMatchFileSnapshot(PAGE);
});

it.each(ALL_PROGRAMS)(
  'a program has only characters that a reader sees and a clipboard keeps: %s',
  (program) => {
    for (const request of REQUESTS)
      expect(programOf(program, request, 'http://[::1]:8081')).not.toMatch(
        /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u,
      );
  },
);

// zsh, the shell of macOS, keeps these names for itself and refuses to set them, or sets PATH by them.
it('the program for curl sets no variable that has a meaning in zsh', () => {
  const names = programOf('curl', DOCUMENTED, 'http://localhost:8081').matchAll(/^ *(\w+)=/gm);
  const reserved = ['status', 'path', 'argv', 'pipestatus', 'options', 'commands', 'words'];
  expect([...names].map(([, name]) => name).filter((name) => reserved.includes(name ?? ''))).toEqual([]);
});

describe("Microsoft's parser reads", () => {
  const parsed = async (text: string) => {
    const task = await TaskUtils.tryLexParse(DefaultSettings, text);
    if (!TaskUtils.isParseStageOk(task)) throw new Error(`${JSON.stringify(task)}\n${text}`);
    return task.ast;
  };

  it.each(REQUESTS)('the program for Power Query: $of by $listing.sort', async (request) => {
    const ast = await parsed(programOf('power-query', request, 'https://etl.example.edu'));
    expect(ast.kind).toBe(Language.Ast.NodeKind.LetExpression);
  });

  it('any text as one text, which means that text', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const literal = inM(text);
        const ast = await parsed(literal);
        expect(ast).toMatchObject({ kind: Language.Ast.NodeKind.LiteralExpression, literal });
        expect(meaningOf(literal)).toBe(text.toWellFormed());
      }),
      { numRuns: 500 },
    );
  });
});

/** The parser leaves escapes as they are. These are the rules of the language's specification. */
function meaningOf(literal: string): string {
  return literal.slice(1, -1).replace(/""|#\(([^)]*)\)/g, (_, inner: string | undefined) => {
    if (inner === undefined) return '"';
    return inner === '#' ? '#' : String.fromCodePoint(Number.parseInt(inner, 16));
  });
}
