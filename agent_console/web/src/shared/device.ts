/**
 * What a browser calls itself, in the words that its owner would use.
 *
 * The rule of this file: names of products alone, the same in every language. Anybody may send any name: what is not
 * known is shown as it came.
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
