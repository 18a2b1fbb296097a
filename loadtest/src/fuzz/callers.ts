/** Who asks. */
export interface Caller {
  name: string;
  /** Of the Authorization header; null: none is sent. */
  authorization: string | null;
  /** null: the token is no good. */
  roles: readonly string[] | null;
}

const mintedRoles = ['display', 'service', 'viewer', 'operator'];

/** One for each role, two that share one, and those whom nobody should let in. `forget`: ids of tokens that are used here. */
export async function makeCallers(url: string, token: string, forget: (tokenId: string) => void): Promise<Caller[]> {
  const authorization = `Bearer ${token}`;
  const mint = async (role: string, caller: string) => {
    const response = await fetch(`${url}/api/auth/token`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ role, caller }),
    });
    const minted = (await response.json()) as { token: string; tokenId: string };
    if (response.status !== 201) throw new Error(`no token of ${role}: ${JSON.stringify(minted)}`);
    forget(minted.tokenId);
    return { ...minted, caller: { name: `${role} ${caller}`, authorization: `Bearer ${minted.token}`, roles: [role] } };
  };
  const minted = await Promise.all([
    ...mintedRoles.map((role) => mint(role, `fuzz-${role}`)),
    mint('service', 'fuzz-2'),
  ]);
  const good = minted[1]?.token as string;
  const bad = Object.entries({
    ...{ nobody: null, 'an empty token': 'Bearer ', garbage: 'Bearer x.y.z', 'another scheme': `Basic ${token}` },
    ...{ 'a token cut short': `Bearer ${good.slice(0, -2)}`, 'two tokens': `Bearer ${good}, Bearer ${good}` },
    ...{ 'no scheme': good, 'a token without its signature': `Bearer ${good.replace(/[^.]*$/, '')}` },
    ...{ 'a token that is not ASCII': 'Bearer \u00ff\u00fe', 'a long token': `Bearer ${'a'.repeat(9_000)}` },
  });
  return [
    { name: 'the development token', authorization, roles: ['admin', 'service'] },
    ...minted.map(({ caller }) => caller),
    ...bad.map(([name, value]) => ({ name, authorization: value, roles: null })),
  ];
}
