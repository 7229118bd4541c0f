import { findProgram } from './binaries.ts';

/**
 * The command that starts a program so that the kernel sends it SIGTERM when the thread that started it ends, even by
 * SIGKILL. The process keeps the program's own id. Without `setpriv` (util-linux) the program starts as it is. With
 * an `account` it runs as that account: a program that changes its account itself loses the signal.
 */
export function endingWithParent([program, args]: [string, string[]], account?: string): [string, string[]] {
  const setpriv = findProgram('setpriv');
  if (account && !setpriv) throw new Error(`setpriv (util-linux) is needed to run ${program} as ${account}`);
  const as = account ? ['--reuid', account, '--regid', account, '--init-groups'] : [];
  return setpriv ? [setpriv, [...as, '--pdeathsig', 'TERM', '--', program, ...args]] : [program, args];
}
