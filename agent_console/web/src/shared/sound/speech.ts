/**
 * Words spoken by the browser's own voice, for what is said in a call without sound.
 *
 * The rule of this file: a browser without a voice stays silent; the words are on the screen anyway.
 */
export function speakWords(text: string, language: string): void {
  const synthesis = globalThis.speechSynthesis as SpeechSynthesis | undefined
  if (!synthesis || synthesis.getVoices().length === 0) return
  const words = new SpeechSynthesisUtterance(text)
  if (language) words.lang = language
  synthesis.speak(words)
}

export function stopSpeaking(): void {
  ;(globalThis.speechSynthesis as SpeechSynthesis | undefined)?.cancel()
}
