/**
 * Turns a browser's User-Agent into a name that its owner recognises: "Firefox 129 · Linux".
 *
 * The rule of this file: only product names, the same in every language. A client may send any User-Agent; an unknown
 * one is shown as it came.
 */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdg(?:A|iOS)?\/(\d+)/, 'Edge'],
  [/\bOPR\/(\d+)/, 'Opera'],
  [/\b(?:Firefox|FxiOS)\/(\d+)/, 'Firefox'],
  [/\b(?:HeadlessChrome|Chrome|CriOS)\/(\d+)/, 'Chrome'],
  [/\bVersion\/(\d+)[\d.]* .*Safari\//, 'Safari'],
]
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/Windows NT/, 'Windows'],
  [/Android/, 'Android'],
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
]

export function deviceName(userAgent: string): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))
  if (!browser) return userAgent
  const [pattern, name] = browser
  const system = SYSTEMS.find(([found]) => found.test(userAgent))?.[1]
  return [`${name} ${pattern.exec(userAgent)?.[1] ?? ''}`, ...(system ? [system] : [])].join(' · ')
}
