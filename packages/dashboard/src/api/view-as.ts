import { api, bodyOf } from './client.ts';

const PATH = '/app/session/view_as';

/** A viewer of a category at the top of the tree, or of one below it. */
export type Viewer = { directorate: string } | { unit: string };

/** The session reads what such a viewer reads. Throws an `ApiError`. */
export async function viewAs(viewer: Viewer): Promise<void> {
  await bodyOf(api.POST(PATH, { body: viewer }));
}

/** The session reads as its administrator again. Throws an `ApiError`. */
export async function stopViewing(): Promise<void> {
  // The gateway takes JSON only, which pages of others cannot send.
  await bodyOf(api.DELETE(PATH, { headers: { 'content-type': 'application/json' } }));
}
