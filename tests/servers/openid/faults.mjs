// Ways to misbehave, each by a knob that a test turns.

const ENDPOINTS = [
  [/\/\.well-known\/openid-configuration$/, 'discovery'], [/\/device\/auth$/, 'device'], [/\/auth$/, 'authorization'],
  [/\/token$/, 'token'], [/\/token\/introspection$/, 'introspection'], [/\/token\/revocation$/, 'revocation'],
  [/\/interaction\//, 'interaction'], [/\/jwks$/, 'jwks'],
];

/** The name by which knobs and the list of calls know what a path is for. */
export function endpointOf(path) {
  return ENDPOINTS.find(([pattern]) => pattern.test(path))?.[1] ?? 'other';
}

/** Late answers, and answers given instead of the provider's own. */
export function misbehaving(knobs, note) {
  return async (ctx, next) => {
    const endpoint = endpointOf(ctx.path);
    const { delay, fail, authorizeError } = knobs();
    if (delay[endpoint]) await new Promise((done) => { setTimeout(done, delay[endpoint] * 1000); });
    const failure = fail[endpoint];
    if (failure && (failure.times ?? 1) > 0) {
      if (failure.times) failure.times -= 1;
      ctx.status = failure.status;
      ctx.set(failure.headers ?? {});
      ctx.body = failure.echo ? await echoed(ctx, failure.echo, note) : failure.body;
      return;
    }
    if (authorizeError && endpoint === 'authorization') {
      const back = new URL(ctx.query.redirect_uri);
      const answer = { ...authorizeError, state: ctx.query.state };
      for (const [name, value] of Object.entries(answer)) back.searchParams.set(name, value);
      ctx.redirect(back.href);
      return;
    }
    await next();
  };
}

/** What was sent, repeated in every way that servers, proxies and their error pages know, as an OAuth 2.0 error. */
async function echoed(ctx, error, note) {
  let sent = '';
  for await (const chunk of ctx.req) sent += chunk;
  const fields = Object.fromEntries(new URLSearchParams(sent));
  note(fields);
  const authorization = ctx.get('authorization');
  const basic = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString();
  const said = [
    sent, JSON.stringify(fields), encodeURIComponent(sent), Buffer.from(sent).toString('base64'),
    Buffer.from(sent).toString('base64url'), Buffer.from(sent).toString('hex'), authorization, basic,
    decodeURIComponent(basic), ...Object.values(fields),
  ].join(' | ');
  return { error: error === true ? 'invalid_request' : `${error} ${said}`, error_description: `You sent: ${said}` };
}

/** Parameters of the redirect replaced, or left out where the knob says null. */
export function spoilRedirect(ctx, origin, changes) {
  const location = ctx.response.get('location');
  if (location?.startsWith('http://')) {
    const back = new URL(location);
    for (const [name, value] of Object.entries(changes)) {
      if (value === null) back.searchParams.delete(name);
      else back.searchParams.set(name, value);
    }
    ctx.set('location', back.href);
  } else if (typeof ctx.body === 'string' && ctx.body.includes('action="http://')) { // response_mode=form_post
    for (const [name, value] of Object.entries(changes)) {
      const input = new RegExp(`<input type="hidden" name="${name}" value="[^"]*"/>`);
      ctx.body = ctx.body.replace(input, value === null ? '' : `<input type="hidden" name="${name}" value="${value}"/>`);
    }
  }
}

/** An ID token with claims replaced, left out, or told by a clock that is wrong; the token itself if none is asked. */
export function spoilTokens(token, { idToken, clockSkew }, key) {
  if (!clockSkew && !Object.keys(idToken).length) return token;
  const [header, claims] = token.split('.', 2).map((part) => JSON.parse(Buffer.from(part, 'base64url')));
  for (const name of ['iat', 'exp', 'nbf', 'auth_time']) if (name in claims) claims[name] += clockSkew;
  for (const [name, value] of Object.entries(idToken)) {
    if (value === null) delete claims[name];
    else claims[name] = value;
  }
  return key.sign(header, claims);
}
