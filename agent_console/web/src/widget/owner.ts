/**
 * Whose chat this browser keeps: another customer at the same browser has another one.
 *
 * The rule of this file: what an identity says is read to keep chats apart, never believed; the hub checks its signature.
 */
export function nameOwner({ identity, name }: { identity: string; name: string }): string {
  if (!identity) return name
  try {
    const body = identity.split('.')[0]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''
    const claims: unknown = JSON.parse(atob(body))
    if (typeof claims === 'object' && claims !== null && 'address' in claims) return String(claims.address)
  } catch {
    // malformed: the hub refuses it, and the name is all there is
  }
  return name
}
