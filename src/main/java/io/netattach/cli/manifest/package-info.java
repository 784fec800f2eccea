/** Manifests: what people write in files, read strictly. */
@NullMarked
package io.netattach.cli.manifest;

import org.jspecify.annotations.NullMarked;
