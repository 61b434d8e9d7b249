/**
 * Names the customer whose chat this browser stores, so that two customers at one browser have separate chats.
 *
 * The rule of this file: the identity is read only to keep chats apart, and not trusted. The hub checks its signature.
 */
export function nameOwner({ identity, name }: { identity: string; name: string }): string {
  if (!identity) return name
  try {
    const body = identity.split('.')[0]?.replaceAll('-', '+').replaceAll('_', '/') ?? ''
    const claims: unknown = JSON.parse(atob(body))
    if (typeof claims === 'object' && claims !== null && 'address' in claims) return String(claims.address)
  } catch {
    // malformed: the hub will refuse it, so the name is used
  }
  return name
}
