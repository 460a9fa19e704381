// Who may ask for tokens. tests/servers/openid.py has the same identifiers and secrets as constants.

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const PATHS = ['', '/', '/callback', '/oauth2'];
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';

const addresses = (port) => LOOPBACK.flatMap((host) => PATHS.map((path) => `http://${host}${port}${path}`));

const native = (id, more) => ({
  client_id: id, application_type: 'native', redirect_uris: addresses(''), response_types: ['code'],
  grant_types: ['authorization_code', 'refresh_token', DEVICE_CODE], token_endpoint_auth_method: 'none', ...more,
});

const daemon = (id, more) => ({
  client_id: id, redirect_uris: [], response_types: [], grant_types: ['client_credentials'], ...more,
});

/** The registrations; `port` is the one port of the web client, `jwk` the public key of the client certificate. */
export function clients(port, jwk) {
  const certificate = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [jwk] } };
  return [
    native('10000000-0000-4000-8000-000000000001'),
    native('10000000-0000-4000-8000-000000000002', {
      client_secret: 'desktop~post~secret', token_endpoint_auth_method: 'client_secret_post',
    }),
    native('10000000-0000-4000-8000-000000000003', {
      client_secret: 'desktop~basic~secret', token_endpoint_auth_method: 'client_secret_basic',
    }),
    native('10000000-0000-4000-8000-000000000004', certificate),
    {
      client_id: '10000000-0000-4000-8000-000000000005', application_type: 'web', client_secret: 'web~secret',
      token_endpoint_auth_method: 'client_secret_post', redirect_uris: addresses(`:${port}`),
      response_types: ['code'], grant_types: ['authorization_code', 'refresh_token'],
    },
    daemon('10000000-0000-4000-8000-000000000006', {
      client_secret: 'daemon~secret', token_endpoint_auth_method: 'client_secret_post',
    }),
    daemon('10000000-0000-4000-8000-000000000007', certificate),
    native('10000000-0000-4000-8000-000000000008', { redirect_uris: ['http://127.0.0.1/callback'] }),
    { client_id: 'dovecot', client_secret: 'dovecot-secret', redirect_uris: [], response_types: [], grant_types: [] },
  ];
}
