/** A shell expects this of a program that SIGINT ended: 128 plus the signal's number. */
export const INTERRUPTED = 130;

/**
 * Runs `follow`. If a person interrupts it, restores the terminal's cursor and line wrap, and exits. The runs go on.
 * `runProcess` does not fit: close-with-grace exits with 0 after a signal, and a command has exit codes of its own.
 */
export async function endingOnInterrupt<Result>(
  restore: () => void,
  follow: () => Promise<Result>,
): Promise<Result> {
  const end = () => {
    restore();
    process.stderr.write('\nThe runs go on. etl status shows them; etl cancel RUN ends a run.\n');
    process.exit(INTERRUPTED);
  };
  process.on('SIGINT', end);
  try {
    return await follow();
  } finally {
    process.removeListener('SIGINT', end);
  }
}
