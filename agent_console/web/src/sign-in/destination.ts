/**
 * Where a person goes after signing in.
 *
 * The rule of this file: only to a page of ours. `next` comes from the address bar, so anyone may have written it.
 */
const PAGES = ['/desk', '/wallboard'] as const

/** The screen that a person's roles open by themselves. */
export function homeOf(roles: readonly string[]): (typeof PAGES)[number] {
  return roles.includes('agent') ? '/desk' : '/wallboard'
}

export function destination(roles: readonly string[], next: string | null): string {
  const wanted = PAGES.find((page) => page === next)
  if (wanted === '/desk' && !roles.includes('agent')) return homeOf(roles)
  return wanted ?? homeOf(roles)
}

const REASONS = ['idle', 'disabled', 'elsewhere', 'session'] as const

/** Why a person was sent here, as far as there are words for it. */
export function leftBecause(reason: string | null): (typeof REASONS)[number] | undefined {
  return REASONS.find((known) => known === reason)
}
