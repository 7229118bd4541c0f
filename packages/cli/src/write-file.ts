import { rmSync } from 'node:fs';
import { type FileHandle, open, realpath, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { EtlError } from '@etl/core';
import { type FileContent, type FileFormat, fileParts, type Pages } from '@etl/files';
import { SingleBar } from 'cli-progress';

const ENDING_SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The mode of a new file, before the umask. */
const MODE = 0o666;

/**
 * Writes a file beside its place, and puts it there when it is complete: its name never stands for a part of the
 * rows. A file that it replaces keeps its mode, and a link still leads to it. Shows a bar on a terminal. Throws
 * INVALID_REQUEST if the place is no file, or has no folder.
 */
export async function writeFile<Row>(
  asked: string,
  format: FileFormat,
  content: FileContent<Row>,
  rows: number,
): Promise<void> {
  const output = await placeOf(asked);
  const unfinished = `${output}.${process.pid}.part`;
  const replaced = await stat(output).catch(() => undefined);
  const file = await orRefusal(output, () => open(unfinished, 'wx', replaced?.mode ?? MODE));
  const bar = new SingleBar({ format: '[{bar}] {value} of {total} rows', barsize: 40, hideCursor: true });
  const forget = () => {
    bar.stop();
    rmSync(unfinished, { force: true });
  };
  /** A shell expects 128 plus the number of the signal. */
  const end = (_: string, signal: number) => {
    forget();
    process.exit(128 + signal);
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, end);
  bar.start(rows, 0);
  try {
    const pages = counted(content.pages, (done) => bar.update(done));
    for await (const part of fileParts(format, { ...content, pages }))
      await orRefusal(output, () => writeWhole(file, part));
    // The umask may have taken bits from the mode.
    if (replaced) await orRefusal(output, () => file.chmod(replaced.mode));
    await orRefusal(output, () => file.sync());
    await file.close();
    await orRefusal(output, () => rename(unfinished, output));
    bar.stop();
  } catch (error) {
    await file.close().catch(() => {});
    forget();
    throw error;
  } finally {
    for (const signal of ENDING_SIGNALS) process.removeListener(signal, end);
  }
}

/** Where the file will be. What is no file must stay: to put a file in the place of a device would delete it. */
async function placeOf(asked: string): Promise<string> {
  if (asked === '') throw refused('Give --output the name of a file');
  const found = await stat(asked).catch(() => undefined);
  if (found && !found.isFile()) throw refused(`${asked} is no file. Give --output the name of a file`);
  if (found) return realpath(asked);
  const folder = path.dirname(asked);
  const place = await stat(folder).catch(() => undefined);
  if (!place?.isDirectory()) throw refused(`The folder ${folder} does not exist`);
  return asked;
}

function refused(why: string): EtlError {
  return new EtlError('INVALID_REQUEST', why);
}

async function writeWhole(file: FileHandle, part: string | Uint8Array): Promise<void> {
  const bytes = Buffer.from(part);
  for (let from = 0; from < bytes.length; ) from += (await file.write(bytes, from)).bytesWritten;
}

/** Says which file an error of the disk is about. */
async function orRefusal<Result>(output: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    throw new EtlError('INVALID_REQUEST', `${output} cannot be written: ${message}`, { cause: error });
  }
}

/** Says how many rows were taken. */
async function* counted<Row>(pages: Pages<Row>, say: (rows: number) => void): AsyncGenerator<readonly Row[]> {
  let done = 0;
  for await (const page of pages) {
    yield page;
    done += page.length;
    say(done);
  }
}
