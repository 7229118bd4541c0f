/** The path that all calls of the API begin with. */
export const PREFIX = '/api/user_activity_etl';
