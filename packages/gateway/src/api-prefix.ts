/** The documented addresses of the API begin with it. */
export const API_PREFIX = '/api/user_activity_etl';
