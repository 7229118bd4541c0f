import { LOADS_NOTHING, policyHeader } from '../content-policy.ts';

/** The hash of the style that Observable Plot puts into each picture. The browser applies only styles with a listed hash. */
const STYLE_OF_CHARTS = "'sha256-jSYQUrW7J0b3jPqhZP9C2Xh1PyJKHKXd4s0fpGGKrww='";

/**
 * The policy of the dashboard's pages. They never submit a form: without its script, a form would put the token into an
 * address.
 */
export const DASHBOARD_POLICY = policyHeader({
  ...LOADS_NOTHING,
  'connect-src': "'self'",
  'img-src': "'self' data:",
  'script-src': "'self'",
  'style-src': `'self' ${STYLE_OF_CHARTS}`,
});
