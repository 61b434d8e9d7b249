import { openPage } from '../shared/page'
import SetAside from './SetAside.svelte'

openPage(SetAside)
