/** What a shell expects of a program that an interrupt has ended: 128 and the signal's number. */
const INTERRUPTED = 130;

/**
 * Runs `follow` and ends the process if a person interrupts it. `restore` gives the terminal its cursor and its line wrap back
 * before. What is followed goes on: the message says so.
 */
export async function endingOnInterrupt<Result>(
  restore: () => void,
  follow: () => Promise<Result>,
): Promise<Result> {
  const end = () => {
    restore();
    process.stderr.write('\nWhat was started goes on. etl status shows it; etl cancel RUN ends a run.\n');
    process.exit(INTERRUPTED);
  };
  process.on('SIGINT', end);
  try {
    return await follow();
  } finally {
    process.removeListener('SIGINT', end);
  }
}
