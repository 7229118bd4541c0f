import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { binary, scratchFolder } from '@etl/local-stack';

/** How a language's interpreter runs a program of a file, and how it writes the program's rows to `rows.json`. */
const INTERPRETERS = {
  curl: { tool: 'curl', command: '/bin/sh', file: 'program.sh', rows: undefined },
  python: {
    tool: 'python3',
    command: 'python3',
    file: 'program.py',
    rows: [
      '-c',
      'import json, runpy; json.dump(runpy.run_path("program.py")["rows"], open("rows.json", "w"))',
    ],
  },
  php: {
    tool: 'php',
    command: 'php',
    file: 'program.php',
    rows: [
      '-r',
      'require "program.php"; file_put_contents("rows.json", json_encode($rows, JSON_THROW_ON_ERROR));',
    ],
  },
  r: {
    tool: 'Rscript',
    command: 'Rscript',
    file: 'program.R',
    rows: [
      '-e',
      'source("program.R"); writeLines(jsonlite::toJSON(rows, na = "null", digits = NA), "rows.json", useBytes = TRUE)',
    ],
  },
} as const;

export type Interpreted = keyof typeof INTERPRETERS;
export const INTERPRETED = Object.keys(INTERPRETERS) as Interpreted[];
export const TOOLS = Object.values(INTERPRETERS).map(({ tool }) => tool);

export interface Ended {
  /** Null if a signal ended it. */
  code: number | null;
  /** What it wrote to both outputs. */
  output: string;
  /** The files that it left, by their names. */
  files: Record<string, string>;
}

/**
 * Runs a program as a reader would: from a file, in an empty folder, with a token and nothing else in its environment.
 * `rows`: a line loads it, and then writes its rows to `rows.json`.
 */
export async function run(
  language: Interpreted,
  text: string,
  { token, rows = false }: { token?: string | undefined; rows?: boolean } = {},
): Promise<Ended> {
  const { tool, command, file, rows: withRows } = INTERPRETERS[language];
  binary(tool);
  const { value: folder, remove } = scratchFolder();
  try {
    writeFileSync(path.join(folder, file), text);
    const args = (rows && withRows) || [file];
    const env = { PATH: process.env.PATH ?? '', ...(token !== undefined && { TOKEN: token }) };
    const { code, output } = await new Promise<{ code: number | null; output: string }>((resolve) => {
      const child = execFile(command, args, { cwd: folder, env, maxBuffer: 2 ** 28 }, (_, stdout, stderr) =>
        resolve({ code: child.exitCode, output: stdout + stderr }),
      );
    });
    const left = readdirSync(folder).filter((name) => name !== file);
    const files = left.map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]);
    return { code, output, files: Object.fromEntries(files) };
  } finally {
    await remove();
  }
}
