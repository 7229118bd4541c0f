import { useState } from 'preact/hooks';
import { ApiError } from '../../api/client.ts';
import { BASE } from '../../shell/address.ts';
import { ANEW, goToSignIn, say } from '../../shell/signed-out.ts';

/**
 * Changes what the session reads. Every page of this browser then begins anew, this one at Home: figures of two readers
 * must not be mixed. `error` says why nothing has changed.
 */
export function useBeginAnew() {
  const [{ isBusy, error }, setState] = useState<{ isBusy: boolean; error?: Error }>({ isBusy: false });
  const beginAnew = async (change: () => Promise<void>): Promise<void> => {
    setState({ isBusy: true });
    try {
      await change();
      window.history.pushState(ANEW, '', BASE);
      say('signed-in');
    } catch (failed) {
      if (failed instanceof ApiError && failed.code === 'UNAUTHORIZED') goToSignIn('ended');
      setState({ isBusy: false, error: failed as Error });
    }
  };
  return { isBusy, error, beginAnew };
}
