/* The functions that a C file may need.  Where one takes x and y, these may be the same unless it says otherwise. */


/* y = x W + b, row by row of W; x and y are different. */
static void dense(int n, int units, const float *x, const float *kernel, const float *bias, float *y)
{
    for (int j = 0; j < units; j++)
        y[j] = bias ? bias[j] : 0.0f;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < units; j++)
            y[j] += x[i] * kernel[i * units + j];
}


/* Blocks of x into y, where they begin farther apart. */
static void put(int blocks, int size, int apart, const float *x, float *y)
{
    for (int i = 0; i < blocks; i++)
        for (int j = 0; j < size; j++)
            y[i * apart + j] = x[i * size + j];
}


/* The products of each vector of n numbers in a with each in b. */
static void products(int rows, int columns, int n, const float *a, const float *b, float *y)
{
    for (int i = 0; i < rows; i++)
        for (int j = 0; j < columns; j++) {
            float sum = 0.0f;
            for (int k = 0; k < n; k++)
                sum += a[i * n + k] * b[j * n + k];
            y[i * columns + j] = sum;
        }
}


/* v as an integer to choose by, from 0 to limit - 1; -1 if it is none. */
static int whole(float v, int limit)
{
    return v >= 0.0f && (double)v < limit && v == floorf(v) ? (int)v : -1;
}


/* A row of a table for each number; not a number where there is no such row. */
static void embedded(int n, int limit, int size, const float *x, const float *table, float *y)
{
    for (int i = 0; i < n; i++) {
        const int row = whole(x[i], limit);
        for (int j = 0; j < size; j++)
            y[i * size + j] = row < 0 ? NAN : table[row * size + j];
    }
}


/* How often each number below depth is in each block of n, or whether it is there; not a number where others are. */
static void counts(int blocks, int n, int depth, int once, const float *x, float *y)
{
    for (int i = 0; i < blocks; i++) {
        for (int j = 0; j < depth; j++) {
            y[i * depth + j] = 0.0f;
            for (int k = 0; k < n; k++) {
                const int number = whole(x[i * n + k], depth);
                if (number < 0)
                    y[i * depth + j] = NAN;
                else if (number == j)
                    y[i * depth + j] = once ? 1.0f : y[i * depth + j] + 1.0f;
            }
        }
    }
}


/* How many boundaries are not greater. */
static float bin(float v, int n, const double *boundaries)
{
    int i = 0;
    while (i < n && boundaries[i] <= v)
        i++;
    return (float)i;
}


/* The larger of two numbers; v if that is none. */
static float maximum(float v, float other)
{
    return v < other ? other : v;
}


/* The smaller of two numbers; v if that is none. */
static float minimum(float v, float other)
{
    return v > other ? other : v;
}


/* (x - mean) / sqrt(variance + epsilon). */
static void standardize(int n, int step, float epsilon, const float *x, float *y)
{
    float mean = 0.0f, variance = 0.0f;
    for (int i = 0; i < n; i++)
        mean += x[i * step] / n;
    for (int i = 0; i < n; i++)
        variance += (x[i * step] - mean) * (x[i * step] - mean) / n;
    for (int i = 0; i < n; i++)
        y[i * step] = (x[i * step] - mean) / sqrtf(variance + epsilon);
}


/* x / sqrt(mean x^2 + epsilon). */
static void by_root_mean_square(int n, int step, float epsilon, const float *x, float *y)
{
    float mean = 0.0f;
    for (int i = 0; i < n; i++)
        mean += x[i * step] * x[i * step] / n;
    for (int i = 0; i < n; i++)
        y[i * step] = x[i * step] / sqrtf(mean + epsilon);
}


/* x divided by its length. */
static void direct(int n, int step, float least, const float *x, float *y)
{
    float squares = 0.0f;
    for (int i = 0; i < n; i++)
        squares += x[i * step] * x[i * step];
    for (int i = 0; i < n; i++)
        y[i * step] = x[i * step] / maximum(sqrtf(squares), least);
}


/* 1 / (1 + exp(-v)); beyond 40 it is 1 to all digits. */
static float sigmoid(float v)
{
    const float e = expf(minimum(v, 40.0f));
    return e / (e + 1.0f);
}


/* log(1 / (1 + exp(-v))), where nothing overflows. */
static float log_sigmoid(float v)
{
    return minimum(v, 0.0f) - log1pf(expf(-fabsf(v)));
}


/* log(1 + exp(v)), where nothing overflows. */
static float softplus(float v)
{
    return maximum(v, 0.0f) + log1pf(expf(-fabsf(v)));
}


/* (v + sqrt(v^2 + b)) / 2, where nothing cancels. */
static float squareplus(float v, float b)
{
    const float larger = 0.5f * hypotf(v, sqrtf(b)) + 0.5f * fabsf(v);
    return v > 0.0f ? larger : 0.25f * b / larger;
}


/* (v + 1) / 2, cut off at 0 and 1. */
static float sparse_sigmoid(float v)
{
    return (minimum(maximum(v, -1.0f), 1.0f) + 1.0f) / 2.0f;
}


/* 0 up to -1, (v + 1)^2 / 4 up to 1, then v. */
static float sparse_plus(float v)
{
    return v >= 1.0f ? v : sparse_sigmoid(v) * sparse_sigmoid(v);
}


/* From 0 to 1 in a straight line between -limit and limit. */
static float hard_sigmoid(float v, float limit)
{
    return (minimum(maximum(v, -limit), limit) + limit) / (2.0f * limit);
}


/* v above 0, and a slope below. */
static float leaky_relu(float v, float negative_slope)
{
    return v > 0.0f ? v : negative_slope * v;
}


/* v above 0, alpha (exp(v) - 1) below. */
static float elu(float v, float alpha)
{
    return v >= 0.0f ? v : alpha * expm1f(v);
}


/* v above 0, alpha (exp(v / alpha) - 1) below. */
static float celu(float v, float alpha)
{
    return v >= 0.0f ? v : alpha * expm1f(v / alpha);
}


/* v tanh(log(1 + exp(v))), where nothing overflows. */
static float mish(float v)
{
    const float e = expf(minimum(maximum(v, -1000.0f), 40.0f));
    const float n = e * (e + 2.0f);
    return v * (n / (n + 2.0f));
}


/* v - tanh(v); near 0 by Lambert's continued fraction, where the difference would cancel. */
static float tanh_shrink(float v)
{
    float q = v * v / 19.0f;
    if (fabsf(v) >= 1.0f)
        return v - tanhf(v);
    for (int odd = 17; odd >= 3; odd -= 2)
        q = v * v / (odd + q);
    return v * (q / (1.0f + q));
}


/* v times the normal distribution function. */
static float gelu(float v)
{
    return v * 0.5f * erfcf(-maximum(v, -40.0f) * 0.70710678f);
}


/* v (1 + tanh(sqrt(2 / pi) (v + 0.044715 v^3))) / 2. */
static float gelu_by_tanh(float v)
{
    const float near = minimum(maximum(v, -40.0f), 40.0f);
    return v * sigmoid(1.5957691f * (near + 0.044715f * near * near * near));
}


/* Of each block the first half, times the sigmoid of the second; x and y are different. */
static void glu(int blocks, int half, const float *x, float *y)
{
    for (int i = 0; i < blocks; i++)
        for (int j = 0; j < half; j++)
            y[i * half + j] = x[2 * i * half + j] * sigmoid(x[(2 * i + 1) * half + j]);
}


/* The greatest of n numbers. */
static float greatest(int n, int step, const float *x)
{
    float y = x[0];
    for (int i = 1; i < n; i++)
        y = maximum(y, x[i * step]);
    return y;
}


/* exp(x) divided by its sum. */
static void softmax(int n, int step, const float *x, float *y)
{
    const float largest = greatest(n, step, x);
    float sum = 0.0f;
    for (int i = 0; i < n; i++)
        sum += y[i * step] = expf(x[i * step] - largest);
    for (int i = 0; i < n; i++)
        y[i * step] /= sum;
}


/* The logarithm of softmax, which has all its digits where that is near 1. */
static void log_softmax(int n, int step, const float *x, float *y)
{
    const float largest = greatest(n, step, x);
    float count = 0.0f, rest = 0.0f;
    for (int i = 0; i < n; i++)
        if (x[i * step] == largest)
            count += 1.0f;
        else
            rest += expf(x[i * step] - largest);
    for (int i = 0; i < n; i++)
        y[i * step] = x[i * step] - largest - (logf(count) + log1pf(rest / count));
}


/* max(x - t, 0), with t such that the sum is 1: t grows until all that counts is above it. */
static void sparsemax(int n, int step, const float *x, float *y)
{
    const float largest = greatest(n, step, x);
    float t = -1.0f;
    int size = 0, before;
    do {
        float sum = -1.0f;
        before = size;
        size = 0;
        for (int i = 0; i < n; i++)
            if (x[i * step] - largest > t) {
                sum += x[i * step] - largest;
                size++;
            }
        t = sum / size;
    } while (size != before);
    for (int i = 0; i < n; i++)
        y[i * step] = maximum(x[i * step] - largest - t, 0.0f);
}
