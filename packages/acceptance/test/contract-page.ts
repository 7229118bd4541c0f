import { readFileSync } from 'node:fs';
import path from 'node:path';

const PAGE = path.resolve(import.meta.dirname, '../../../docs/contract.md');

export interface ContractRow {
  name: string;
  file: string;
  test: string;
}

/** The rows of the tables of docs/contract.md, by the heading over each. */
export function contractTables(): Map<string, ContractRow[]> {
  const tables = new Map<string, ContractRow[]>();
  let rows: ContractRow[] = [];
  for (const line of readFileSync(PAGE, 'utf8').split('\n')) {
    if (line.startsWith('## ')) {
      rows = [];
      tables.set(line.slice(3), rows);
    }
    const cells = line.split(' | ').map((cell) => cell.replaceAll(/^\| | *\|$/g, '').trim());
    const [file = '', ...test] = (cells.at(-1) ?? '').split(': ');
    if (!line.startsWith('| ') || /^-+$/.test(file) || test.length === 0) continue;
    rows.push({ name: cells[0] ?? '', file, test: test.join(': ') });
  }
  return tables;
}
