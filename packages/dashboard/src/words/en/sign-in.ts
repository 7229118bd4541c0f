export const signIn = {
  title: 'Sign in',
  about: 'See how much each Moodle course is used, day by day.',
  token: 'Token',
  hint: 'An administrator of this system gives out tokens.',
  submit: 'Sign in',
  busy: 'Signing in …',
  ended: 'Your session has ended. Sign in again.',
  left: 'You are signed out.',
  refused: 'This token is not valid, or no longer valid.',
  refusedCode: 'This address was used before, or is older than a minute. Sign in with the token.',
  off: 'Sign-in is turned off on this server. Its log says why.',
};
