/** What a page may load and do, as the header `content-security-policy` writes it. */
export type ContentPolicy = Readonly<Record<string, string>>;

/** An answer that is no page loads nothing, and no page shows it in a frame. Pages add what they need. */
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
