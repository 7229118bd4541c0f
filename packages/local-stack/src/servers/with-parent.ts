import { findProgram } from './binaries.ts';

/**
 * The command that starts a program so that the kernel sends it SIGTERM when the thread that started it ends, SIGKILL of the parent
 * included. The process keeps the program's own id. Without `setpriv` (util-linux) the program starts as it is.
 */
export function endingWithParent([program, args]: [string, string[]]): [string, string[]] {
  const setpriv = findProgram('setpriv');
  return setpriv ? [setpriv, ['--pdeathsig', 'TERM', '--', program, ...args]] : [program, args];
}
