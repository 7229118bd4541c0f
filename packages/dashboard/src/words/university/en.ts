/** The words of the sign-in at the university. */
export const university = {
  account: 'Sign in with your university account',
  otherAccount: 'Sign in with another university account',
  orToken: 'or with a token',
  /** Why a sign-in at the university failed. */
  refusals: {
    expired: 'The sign-in took longer than 10 minutes. Sign in again.',
    state:
      'This sign-in was finished before, or was begun in another browser or tab. Sign in again on this page.',
    provider:
      'The sign-in of the university cannot be reached, or does not know this system. Try again in a few minutes, or sign in with a token. The log of this server says more.',
    refused: 'The university did not confirm the sign-in. Sign in again, or ask its help desk.',
    invalid:
      'The answer of the university was not valid. Sign in again. If it happens again, tell the administrator of this system.',
    proxy:
      'The sign-in of the university worked, but its server did not pass on who you are as this system needs it. Tell the administrator of this system. Its log has the header that is wrong.',
    'no-scope':
      'Your university account is right, but no faculty or department is set for it here. Ask the team that runs Moodle at your university to set one.',
    'too-long':
      'Your university account has too many roles for a session of a browser. Tell the administrator of this system.',
    address:
      'The university cannot lead back to this address. The administrator sets ETL_PUBLIC_URL to the address that people open.',
    failed: 'The server could not read its database. Try again in a few minutes.',
  },
};

export type UniversityWords = typeof university;
