import { openPage } from '../shared/page'
import Audit from './Audit.svelte'

openPage(Audit)
