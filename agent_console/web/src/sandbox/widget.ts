/** The hub's widget, loaded once, the way every host page loads it: by its script tag. */
const ADDRESS = '/widget/hub-chat.js'
let loading: Promise<void> | undefined

export function loadWidget(): Promise<void> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.src = ADDRESS
    script.onload = () => resolve()
    script.onerror = () => reject(new Error(`${ADDRESS} cannot be loaded`))
    document.head.append(script)
  })
  return loading
}
