import { ApiError } from '../api/client.ts';
import { Failure } from './panel.tsx';

const ERROR = new ApiError({ code: 'UNREACHABLE', message: '', status: 0, requestId: null });

/** In place of a view whose program did not arrive. */
export function NotLoaded() {
  return <Failure error={ERROR} retry={() => window.location.reload()} />;
}
