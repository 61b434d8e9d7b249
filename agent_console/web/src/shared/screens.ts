/** The staff's screens and the roles that may open each. The menu offers these; the hub checks again. */
export const SCREENS = {
  '/desk': ['agent'],
  '/wallboard': ['supervisor', 'administrator'],
  '/customers': ['agent', 'supervisor'],
  '/scripts': ['author', 'administrator'],
  '/practice': ['agent', 'supervisor', 'author'],
  '/segments': ['supervisor', 'author', 'administrator'],
  '/tiers': ['supervisor', 'administrator'],
  '/lifecycle': ['supervisor', 'administrator'],
  '/import': ['administrator'],
  '/recordings': ['supervisor'],
  '/set-aside': ['administrator'],
  '/audit': ['supervisor', 'administrator'],
  '/people': ['administrator'],
} as const

export type ScreenPath = keyof typeof SCREENS

export function screensOf(roles: readonly string[]): ScreenPath[] {
  const paths = Object.keys(SCREENS) as ScreenPath[]
  return paths.filter((path) => SCREENS[path].some((role) => roles.includes(role)))
}
