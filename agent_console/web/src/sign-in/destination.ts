/**
 * Where a person goes after signing in.
 *
 * The rule of this file: only to a page of ours. `next` comes from the address bar, so anyone may have written it.
 */
const OPENS = { '/desk': ['agent'], '/wallboard': ['supervisor', 'administrator'] } as const
type Page = keyof typeof OPENS

const PAGES = Object.keys(OPENS) as Page[]

function opens(role: string): Page | undefined {
  return PAGES.find((page) => OPENS[page].some((known) => known === role))
}

/** The screen of a person's first role that has one; null where none has. */
export function homeOf(roles: readonly string[]): Page | null {
  return roles.map(opens).find((page) => page !== undefined) ?? null
}

export function destination(roles: readonly string[], next: string | null): Page | null {
  const wanted = PAGES.find((page) => page === next)
  const isAllowed = wanted !== undefined && roles.some((role) => opens(role) === wanted)
  return isAllowed ? wanted : homeOf(roles)
}

const REASONS = ['signed_out', 'may_not'] as const

/** Why a person was sent here, as far as there are words for it. */
export function leftBecause(reason: string | null): (typeof REASONS)[number] | undefined {
  return REASONS.find((known) => known === reason)
}
