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
  tooLong: 'This token is too long for a session of a browser. Ask for one with fewer claims.',
  withoutHttps:
    'A browser keeps a session only over HTTPS. Open this page at an address that begins with https://. The administrator sets ETL_PUBLIC_URL to that address.',
  otherAddress:
    'A proxy changes the address of this page. The administrator sets ETL_PUBLIC_URL to the address that people open.',
  off: 'Sign-in is turned off on this server. Its log says why.',
};
