package io.netattach.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crdv2.generator.v1.SchemaCustomizer;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.netattach.api.schema.Rules;
import org.jspecify.annotations.Nullable;

/**
 * How a change of a Set's template is carried over to its attachments.
 *
 * @param maxUnavailable how many attachments may be not ready meanwhile; null for 25%
 */
@SchemaCustomizer(value = Rules.class, input = "maxUnavailable: MAX_UNAVAILABLE")
@JsonIgnoreProperties(ignoreUnknown = true)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record UpdateStrategy(
    @JsonPropertyDescription(
            "How many attachments may be not ready because of a change of the template: a number of"
                + " 1 or more, or a share of all, such as 25%, which is rounded up. Default 25%."
                + " Those that are not ready anyway are changed at once. 100% changes all at once.")
        @Nullable IntOrString maxUnavailable) {}
