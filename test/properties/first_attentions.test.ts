import { attentionCatalogue } from '@chui/layers';
import { attentionProperties } from '../support/attention_properties.js';

// Half of the catalogue; the other half is a file of its own, so that both run at once.
const middle = Math.ceil(attentionCatalogue.length / 2);
attentionProperties(attentionCatalogue.slice(0, middle));
