"""Keras as a program sees it, in float64 throughout."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras.src.backend.common import dtypes

if keras.config.backend() != "jax":
    raise SystemExit("gradients are taken by JAX: KERAS_BACKEND=jax")

jax.config.update("jax_enable_x64", True)
keras.config.set_floatx("float64")


def compute_in_float64():
    """Mend Keras's table of promotions, by which everything but TensorFlow falls back to float32 now and then.

    With JAX, a mean of float64 numbers is computed in float32 even where JAX has float64 switched on, because float64
    and float32 together are declared to be float32.  With TensorFlow the table says what is written here.
    """
    dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"
    dtypes._resolve_weak_type.cache_clear()


class KerasLibrary:
    """The module, and the words that this library says otherwise."""

    name = "keras"

    def __getattr__(self, name):
        return getattr(keras, name)

    def versions(self):
        return {"keras": keras.__version__, "jax": jax.__version__, "numpy": np.__version__}

    def array(self, x):
        """What functions of Keras take."""
        return jnp.asarray(x)

    def derivative(self, name, arguments, x, dy):
        """``J^T dy`` of an activation at ``x``."""
        function = getattr(keras.activations, name)
        y, pull = jax.vjp(lambda x: function(x, **arguments), jnp.asarray(x))
        return pull(jnp.asarray(dy, y.dtype))[0]

    def loss_gradient(self, loss, t, y, weight=None):
        """The value of a loss and its derivative with respect to ``y``."""
        return jax.value_and_grad(lambda y: loss(jnp.asarray(t), y, weight))(jnp.asarray(y))

    def penalty_gradient(self, regularizer, w):
        """The derivative of a penalty."""
        return jax.grad(regularizer)(jnp.asarray(w))

    def descend(self, optimizer, w, gradients):
        """The parameters after each step."""
        variable = keras.Variable(w)
        steps = []
        for gradient in gradients:
            optimizer.apply([jnp.asarray(gradient)], [variable])
            steps.append(np.array(variable))
        return steps

    def pull_back(self, net, x, dy, training=False):
        """Outputs, and ``J^T dy`` for the inputs and the trainable weights."""
        rest = [v.value for v in net.non_trainable_variables]

        def outputs(weights, x):
            return net.stateless_call(weights, rest, x, training=training)[0]

        weights = [v.value for v in net.trainable_variables]
        y, pull = jax.vjp(outputs, weights, jnp.asarray(x))
        dweights, dx = pull(jnp.asarray(dy, y.dtype))
        return {"y": y, "dx": dx, "dweights": dweights}

    def run(self, net, x, training):
        """Outputs; the network's state moves on, as its layers will have it."""
        return net(jnp.asarray(x), training=training)
