/** The directives of the header `content-security-policy`. */
export type ContentPolicy = Readonly<Record<string, string>>;

/** An answer that is not a page loads nothing, and no page shows it in a frame. Pages add directives. */
export const LOADS_NOTHING: ContentPolicy = {
  'default-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'none'",
};

export function policyHeader(policy: ContentPolicy): string {
  return Object.entries(policy)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ');
}
